/** For crash tests: kills this process, as `kill -9` would, the n-th time a named point is passed. */
export function createFailpoint(setting: { readonly name: string; readonly hit: number } | null): (name: string) => void {
  if (!setting) return () => undefined;
  let hits = 0;
  return (name) => {
    if (name !== setting.name) return;
    hits += 1;
    if (hits >= setting.hit) process.kill(process.pid, 'SIGKILL');
  };
}
