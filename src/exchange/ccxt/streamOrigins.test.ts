import { expect, it } from 'vitest';
import { redirectStreams } from './streamOrigins.ts';

const urls = {
  rest: 'https://api.venue.com/v3',
  ws: { spot: 'wss://stream.venue.com:9443/ws', api: { spot: 'wss://ws-api.venue.com/ws-api/v3?x=1' } },
  none: undefined,
};

it('leaves everything as it is while nothing is redirected', () => {
  expect(redirectStreams(urls, {})).toBe(urls);
});

it('sends streams where all else goes, and leaves the addresses of requests to whoever sends those', () => {
  expect(redirectStreams(urls, { '*': 'http://127.0.0.1:9100' })).toEqual({
    rest: 'https://api.venue.com/v3',
    ws: { spot: 'ws://127.0.0.1:9100/ws', api: { spot: 'ws://127.0.0.1:9100/ws-api/v3?x=1' } },
    none: undefined,
  });
});

it('sends each stream where it is told to, and one that nobody speaks of nowhere', () => {
  expect(redirectStreams(urls.ws, { 'wss://stream.venue.com:9443': 'https://proxy.example' })).toEqual({
    spot: 'wss://proxy.example/ws',
    api: { spot: 'ws://127.0.0.1:9/ws-api/v3?x=1' },
  });
});

it('has no streams where only requests are redirected: orders would go here and the streams tell of there', () => {
  expect(redirectStreams(urls, { 'https://api.venue.com': 'http://127.0.0.1:9100' })).toBeNull();
});
