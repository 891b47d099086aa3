import { setMaxListeners } from 'node:events';

/** Says that many may wait on this signal at once, so that Node does not take it for a leak. */
export function manyListeners(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}
