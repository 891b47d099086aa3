import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import table, { folders } from '../../.dependency-cruiser.mjs';

/**
 * Compares the imports of `directory`/src with the import table. Returns one line per breach. An empty answer is trusted only
 * because the number of files read is compared too: a parser that cannot read TypeScript finds nothing wrong either.
 */
export async function findImportBreaches(directory) {
  const { output } = await cruise(['src'], { ...table.options, baseDir: directory, ruleSet: table, validate: true });
  const { violations } = output.summary;
  return [
    ...foldersWithoutRow(directory).map((folder) => `src/${folder}: has no row in the import table`),
    ...unreadFiles(directory, output.modules).map((file) => `${file}: was not read, so its imports were not checked`),
    ...violations.map(describe),
  ];
}

function describe({ from, to, rule, cycle }) {
  if (rule.name === 'no-cycles') return `${from}: import cycle ${[from, ...cycle.map((step) => step.name)].join(' → ')}`;
  return `${from}: may not import ${to}`;
}

function foldersWithoutRow(directory) {
  return readdirSync(join(directory, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !Object.hasOwn(folders, entry.name))
    .map((entry) => entry.name);
}

function unreadFiles(directory, modules) {
  const read = new Set(modules.map(({ source }) => source));
  return readdirSync(join(directory, 'src'), { recursive: true })
    .map((name) => join('src', name))
    .filter((file) => file.endsWith('.ts') && !file.startsWith(join('src/ledger/generated')) && !read.has(file));
}
