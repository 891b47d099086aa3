import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** What a client has connected to. */
export interface StreamSession {
  /** A message of the client. */
  hear(message: Readonly<Record<string, unknown>>): void;
  end(): void;
}

/** A venue's WebSocket half. */
export interface StreamProtocol {
  /** Null: there is nothing at this address, or not for this caller. */
  connect(address: URL, say: (message: unknown) => void): StreamSession | null;
}

/** Of a venue whose streams are not used. */
export const NO_STREAMS: StreamProtocol = { connect: () => null };

/** A hand on the connections. */
export interface Streams {
  /** Open now. */
  readonly count: number;
  /** Breaks all of them, as a network does. */
  drop(): void;
  /** New ones are refused until allowed again. */
  refuse(on: boolean): void;
  /** What is said from now on is said twice, and the other way round. */
  stutter(on: boolean): void;
}

/** Serves streams on the same port as HTTP. */
export function serveStreams(server: Server, protocol: StreamProtocol): Streams & { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_000_000 });
  let refusing = false;
  let stuttering = false;
  server.on('upgrade', (request, socket, head) => {
    if (refusing) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => open(client, new URL(request.url ?? '/', 'http://venue')));
  });

  const open = (client: WebSocket, address: URL): void => {
    let held: string[] = [];
    const say = (message: unknown): void => {
      const text = JSON.stringify(message);
      if (!stuttering) {
        client.send(text);
        return;
      }
      held = [text, ...held, text];
      setTimeout(() => {
        for (const late of held.splice(0)) client.send(late);
      }, 20);
    };
    const session = protocol.connect(address, say);
    if (!session) {
      client.terminate();
      return;
    }
    client.on('message', (data) => {
      const text = String(data);
      if (text === 'ping') client.send('pong');
      else session.hear(JSON.parse(text) as Record<string, unknown>);
    });
    client.on('close', () => session.end());
    client.on('error', () => client.terminate());
  };

  const drop = (): void => {
    for (const client of sockets.clients) client.terminate();
  };
  return {
    get count() {
      return sockets.clients.size;
    },
    drop,
    refuse: (on) => {
      refusing = on;
    },
    stutter: (on) => {
      stuttering = on;
    },
    close: drop,
  };
}
