import { z } from 'zod';
import { REASON_LENGTH_MAX } from '../../domain/access/ban.ts';
import { EXPIRY_MS_MAX } from '../../domain/access/whitelist.ts';
import { Flag, Time, text } from './common.ts';

export const NewBan = z
  .strictObject({
    address: text(60).meta({ description: 'IPv4 or IPv6; of IPv6 the whole /64 is banned', example: '198.51.100.7' }),
    forSec: z
      .number()
      .int()
      .min(1)
      .max(EXPIRY_MS_MAX / 1000)
      .default(3600),
    reason: text(REASON_LENGTH_MAX).nullable().default(null),
    force: z.boolean().default(false).meta({ description: 'Even an address of the whitelist' }),
  })
  .meta({ id: 'NewBan' });

export const Ban = z
  .object({
    address: z.string(),
    network: z.string().meta({ description: 'What is banned with it: IPv6 addresses by their /64' }),
    appliesTo: z
      .enum(['everything', 'unknown keys'])
      .meta({ description: '`unknown keys`: the address is whitelisted, and alerts of known hooks are taken from it' }),
    since: Time,
    until: Time,
    level: z.number().int().meta({ description: 'Counts bans in a row, each twice as long; 0: imposed by hand' }),
    by: z.string().nullable().meta({ description: 'Who imposed it; null: it followed from refused requests' }),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Ban' });

export const LiftQuery = z.strictObject({
  force: Flag.default(false).meta({ description: 'Even when no ban of it is known to this instance' }),
});
