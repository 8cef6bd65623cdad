// Leaves of the log and what opens their commitments, as in petitions/log/leaf.py.

import { concat, equal, fromHex, fromUtf8, sha256, toUtf8, VerificationError } from "./bytes.js";

export const SALT_SIZE = 32;
const FORMAT = 1;

/** Return a value as RFC 8785 writes it. */
export function canonicalJson(value) {
  return JSON.stringify(value, (_, each) =>
    each !== null && typeof each === "object" && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [two]) => (one < two ? -1 : 1)))
      : each,
  );
}

/** Read the leaf of a signature: text, kind, commitment and date. */
export function readSignatureLeaf(data) {
  const leaf = readLeaf(data);
  if (leaf.type !== "sign") throw new VerificationError(`an entry of the type ${leaf.type}`);
  const keys = Object.keys(leaf).join();
  const isRight =
    keys === "commitment,date,kind,text,type,v" &&
    [leaf.text, leaf.commitment].every((hash) => /^[0-9a-f]{64}$/.test(hash)) &&
    /^[a-z][a-z0-9_-]{0,39}$/.test(leaf.kind) &&
    /^\d{4}-\d{2}-\d{2}$/.test(leaf.date);
  if (!isRight) throw new VerificationError("not the leaf of a signature");
  return leaf;
}

/** Read a leaf of any type in this format. */
export function readLeaf(data) {
  const text = fromUtf8(data);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new VerificationError("a leaf is JSON");
  }
  if (typeof value?.type !== "string" || value.v !== FORMAT || canonicalJson(value) !== text) {
    throw new VerificationError(`not a leaf in canonical form: ${text.slice(0, 80)}`);
  }
  return value;
}

/** Return whether salt and record are what the leaf of a signature commits to. */
export async function opens(leaf, salt, record) {
  if (salt.length !== SALT_SIZE) throw new VerificationError(`a salt has ${SALT_SIZE} bytes`);
  return equal(await sha256(concat(salt, record)), fromHex(leaf.commitment));
}

/** Return the record that consists of these fields, as Signature.record writes it. */
export function recordOf({ name, role, affiliation }) {
  return toUtf8(canonicalJson({ v: 1, name, role, affiliation }));
}
