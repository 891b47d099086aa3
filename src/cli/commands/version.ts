import { readFileSync } from 'node:fs';
import type { CliCommand } from '../command.ts';

/** Of package.json, from `src/` and `dist/` alike. */
export function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return manifest.version;
}

export const versionCommand: CliCommand = {
  name: 'version',
  usage: '',
  summary: 'Print the version',
  arguments: [0, 0],
  async run({ print }) {
    const version = packageVersion();
    print({ version, node: process.version }, () => `signalman ${version} (node ${process.version})`);
    return undefined;
  },
};
