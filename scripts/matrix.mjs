// npm run matrix: writes the capability matrix into docs/venues.md, from the tables the code decides by.
import { readFileSync, writeFileSync } from 'node:fs';
import { withMatrix } from '../src/exchange/matrix.ts';

const file = new URL('../docs/venues.md', import.meta.url);
writeFileSync(file, withMatrix(readFileSync(file, 'utf8')));
process.stdout.write('docs/venues.md: capability matrix is current\n');
