import { z } from 'zod';

export const TelegramCode = z
  .object({
    code: z.string().meta({ description: 'To be sent to the bot as `/link <code>`; shown once, good once.', example: 'K7QM2-9XHTB' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'TelegramCode' });

export const TelegramCodeWish = z.strictObject({ user: z.email().meta({ description: 'Whose code it is.' }) });

export const TelegramLink = z
  .object({
    telegramId: z.string().meta({ description: 'Telegram’s number of the person.' }),
    user: z.email(),
    role: z.string(),
    linkedAt: z.iso.datetime(),
  })
  .meta({ id: 'TelegramLink' });
