import { z } from 'zod';

export const Secrets = z
  .object({
    keyId: z.string().meta({ description: 'The key that seals now' }),
    keyIds: z.array(z.string()).meta({ description: 'All keys this instance can open with, the one that seals first' }),
    source: z.enum(['environment', 'file']).meta({ description: 'Where the keys come from' }),
    records: z.array(z.object({ place: z.string(), keyId: z.string(), count: z.number().int(), known: z.boolean() })),
    outdated: z.number().int().meta({ description: 'Records another key than `keyId` has sealed' }),
  })
  .meta({ id: 'Secrets', description: 'Keys by their ids, which tell nothing of them' });

export const Rotation = z
  .object({
    keyId: z.string(),
    source: z.enum(['environment', 'file']),
    newKey: z.boolean().meta({ description: 'A new key was made by this call' }),
    rewrapped: z.number().int(),
    unreadable: z.array(z.string()).meta({ description: 'Records that no key here opens; they were left as they are' }),
    outdated: z.number().int(),
  })
  .meta({ id: 'Rotation' });

export const NewRotation = z.strictObject({});
