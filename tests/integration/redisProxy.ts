import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * pass      everything goes through
 * mute      requests arrive and are carried out, answers get lost
 * hold      nothing goes through, and nobody is told
 */
export type ProxyMode = 'pass' | 'mute' | 'hold';

/** A TCP proxy on the loopback interface that can be told to misbehave. */
export interface RedisProxy {
  readonly url: string;
  setMode(mode: ProxyMode): void;
  /** How many connections were made so far. */
  openings(): number;
  /** Breaks every connection. */
  cut(): void;
  close(): Promise<void>;
}

export async function startRedisProxy(targetPort: number): Promise<RedisProxy> {
  let mode: ProxyMode = 'pass';
  let openings = 0;
  const sockets = new Set<Socket>();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const join = (from: Socket, to: Socket, passes: () => boolean) => {
    sockets.add(from);
    from.on('data', (data) => passes() && to.write(data));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    openings += 1;
    const upstream = connect(targetPort, '127.0.0.1');
    join(client, upstream, () => mode !== 'hold');
    join(upstream, client, () => mode === 'pass');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setMode: (next) => {
      mode = next;
    },
    openings: () => openings,
    cut,
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
