import { randomBytes } from 'node:crypto';

/**
 * Who holds the lease: an instance's name and a nonce of its process, so that two processes started under one name are still
 * two candidates, and a restarted one is not mistaken for its predecessor.
 */
export function holderOf(instance: string): string {
  return `${instance}#${randomBytes(6).toString('hex')}`;
}

/** The instance's name, which is what people are shown. */
export function instanceOf(holder: string): string {
  return holder.replace(/#[0-9a-f]{12}$/, '');
}
