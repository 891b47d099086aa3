import { onTestFinished } from 'vitest';
import { type OpenVenue, openVenue, type VenueKind } from './bench.ts';

/** Open and with a current price, until the test is over. */
export async function openedVenue(kind: VenueKind): Promise<OpenVenue> {
  const venue = await openVenue(kind);
  onTestFinished(() => venue.close());
  await venue.session.feed.quote(kind.symbol, 60_000);
  return venue;
}
