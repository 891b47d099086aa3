import { z } from 'zod';
import { text } from './common.ts';

export const TelegramCode = z
  .object({
    code: z.string().meta({ description: 'To be sent to the bot as `/link <code>`; shown once, good once.', example: 'K7QM2-9XHTB' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'TelegramCode' });

const totp = text(40).optional().meta({ description: 'A fresh code, from whoever has a second factor. Programs send none' });

export const OwnTelegramCode = z.strictObject({ totp }).meta({ id: 'OwnTelegramCode' });

export const TelegramCodeWish = z.strictObject({ user: text(254).meta({ description: 'E-mail of whose code it is.' }), totp });

export const TelegramLink = z
  .object({
    telegramId: z.string().meta({ description: 'Telegram’s number of the person.' }),
    user: z.string(),
    role: z.string(),
    linkedAt: z.iso.datetime(),
  })
  .meta({ id: 'TelegramLink' });
