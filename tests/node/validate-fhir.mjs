// Reads a FHIR R4 resource from standard input and writes what the validator finds wrong with it, one line each.
// Every resource of a Bundle is looked at on its own as well, since the validator knows it by its type.
import fhir from 'fhir';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const given = JSON.parse(Buffer.concat(chunks).toString('utf8'));
const validator = new fhir.Fhir();
const resources = [given, ...(given.entry ?? []).map((entry) => entry.resource)];
for (const resource of resources) {
  const found = validator.validate(resource, { errorOnUnexpected: true });
  for (const message of found.messages) {
    if (message.severity === 'error' || message.severity === 'fatal') {
      console.log(`${resource.resourceType}/${resource.id ?? '-'}: ${message.location}: ${message.message}`);
    }
  }
}
console.log(`looked at ${resources.length} resources`);
