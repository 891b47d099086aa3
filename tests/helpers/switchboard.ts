import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy whose line can be cut, held and mended. */
export interface Switchboard {
  readonly port: number;
  /** Ends all connections; new ones are accepted and dropped at once. */
  cut(): void;
  /** A black hole: nothing passes either way and nobody is told. What was sent meanwhile arrives after `mend`, as TCP sends again what got lost. */
  hold(): void;
  /** A black hole one way: what callers send arrives, what is answered does not (until `mend`). */
  holdAnswers(): void;
  mend(): void;
  close(): Promise<void>;
}

export interface SwitchboardOptions {
  /** Sees what callers send, as it passes. */
  readonly tap?: (data: Buffer) => void;
}

export async function startSwitchboard(
  target: { readonly host: string; readonly port: number },
  { tap = () => undefined }: SwitchboardOptions = {},
): Promise<Switchboard> {
  const sockets = new Set<Socket>();
  /** The ends that answers come from. */
  const callees = new Set<Socket>();
  let state: 'whole' | 'cut' | 'held' | 'answersHeld' = 'whole';
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const join = (from: Socket, to: Socket, see: (data: Buffer) => void): void => {
    from.on('data', (data: Buffer) => {
      see(data);
      to.write(data);
    });
    from.on('end', () => to.end());
    from.on('close', () => to.destroySoon());
    if (state === 'held' || (state === 'answersHeld' && callees.has(from))) from.pause();
  };
  const server = createServer((caller) => {
    track(caller);
    if (state === 'cut') return void caller.destroy();
    const callee = connect(target);
    track(callee);
    callees.add(callee);
    callee.on('close', () => callees.delete(callee));
    join(caller, callee, tap);
    join(callee, caller, () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      state = 'cut';
      drop();
    },
    hold: () => {
      state = 'held';
      for (const socket of sockets) socket.pause();
    },
    holdAnswers: () => {
      state = 'answersHeld';
      for (const callee of callees) callee.pause();
    },
    mend: () => {
      const wasHeld = state === 'held' || state === 'answersHeld';
      state = 'whole';
      if (wasHeld) for (const socket of sockets) socket.resume();
    },
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
