// Inclusion and consistency proofs of RFC 6962 and RFC 9162, as in petitions/log/proof.py.
// Sizes and indexes are BigInts, hashes Uint8Arrays of 32 bytes.

import { concat, equal, HASH_SIZE, sha256, VerificationError } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function hashLeaf(data) {
  return sha256(concat(LEAF, data));
}

export function hashChildren(left, right) {
  return sha256(concat(NODE, left, right));
}

/** Return the root of the empty tree. */
export function emptyRoot() {
  return sha256(new Uint8Array());
}

/** Check that a leaf is at `index` of the tree with this root (RFC 9162, section 2.1.3.2). */
export async function verifyInclusion(leafHash, index, size, proof, root) {
  checkHashes(leafHash, ...proof, root);
  if (index < 0n || index >= size) {
    throw new VerificationError(`a tree of ${size} leaves has no leaf ${index}`);
  }
  const path = new Path(index, size - 1n);
  let running = leafHash;
  for (const sibling of proof) {
    running = path.comesFromLeft(size)
      ? await hashChildren(sibling, running)
      : await hashChildren(running, sibling);
    path.rise();
  }
  if (!path.isAtRoot || !equal(running, root)) {
    throw new VerificationError(`the proof does not lead from leaf ${index} to the root hash`);
  }
}

/** Check that one tree is the beginning of another (RFC 9162, section 2.1.4.2). */
export async function verifyConsistency(old, size, proof, oldRoot, root) {
  checkHashes(...proof, oldRoot, root);
  if (old < 0n || old > size) {
    throw new VerificationError(`a tree cannot grow from ${old} to ${size} leaves`);
  }
  if (old === 0n || old === size) {
    await checkTrivial(old, size, proof, oldRoot, root);
    return;
  }
  // If the old tree is perfect, its root is the first node of the path, and is not sent.
  const [start, ...rest] = (old & (old - 1n)) === 0n ? [oldRoot, ...proof] : proof;
  if (start === undefined) throw new VerificationError("the proof is empty");
  const path = new Path(old - 1n, size - 1n);
  while (path.node & 1n) path.rise();
  let [first, second] = [start, start];
  for (const sibling of rest) {
    if (path.comesFromLeft(size)) {
      first = await hashChildren(sibling, first);
      second = await hashChildren(sibling, second);
    } else {
      second = await hashChildren(second, sibling);
    }
    path.rise();
  }
  if (!path.isAtRoot || !equal(first, oldRoot) || !equal(second, root)) {
    throw new VerificationError(`the tree of ${size} leaves does not begin with that of ${old}`);
  }
}

/** The way from a node up to the root, beside the last node of each level. */
class Path {
  constructor(node, last) {
    this.node = node;
    this.last = last;
  }

  get isAtRoot() {
    return this.last === 0n;
  }

  /** Whether the next hash is of the left sibling; rises to where there is one. */
  comesFromLeft(size) {
    if (this.isAtRoot) {
      throw new VerificationError(`the proof has more hashes than a tree of ${size} has levels`);
    }
    if (!(this.node & 1n) && this.node !== this.last) return false;
    while (!(this.node & 1n) && this.node) this.rise();
    return true;
  }

  rise() {
    this.node >>= 1n;
    this.last >>= 1n;
  }
}

function checkHashes(...hashes) {
  for (const each of hashes) {
    if (each.length !== HASH_SIZE) {
      throw new VerificationError(`a hash has ${HASH_SIZE} bytes, not ${each.length}`);
    }
  }
}

async function checkTrivial(old, size, proof, oldRoot, root) {
  if (proof.length) throw new VerificationError("between these sizes the proof is empty");
  if (old === 0n && !equal(oldRoot, await emptyRoot())) {
    throw new VerificationError("the old root hash is not the one of an empty log");
  }
  if (old === size && !equal(oldRoot, root)) {
    throw new VerificationError(`two trees of ${old} leaves have different root hashes`);
  }
}
