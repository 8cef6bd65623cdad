// Tiles and bundles (https://c2sp.org/tlog-tiles), as in petitions/log/tile.py and bundle.py.
// A log of up to 2**53 entries: indexes are Numbers here.

import { equal, HASH_SIZE, VerificationError } from "./bytes.js";
import { hashChildren, hashLeaf } from "./merkle.js";

const WIDTH = 256;

/** Return the path of a tile below the log's prefix; `level` is a number or "entries". */
export function tilePath(level, index, width = WIDTH) {
  const digits = [];
  for (let rest = index, first = true; first || rest > 0; first = false) {
    digits.unshift(`${first ? "" : "x"}${String(rest % 1000).padStart(3, "0")}`);
    rest = Math.floor(rest / 1000);
  }
  return `tile/${level}/${digits.join("/")}${width === WIDTH ? "" : `.p/${width}`}`;
}

/** Return the entries of a bundle. */
export function readBundle(bundle, width) {
  const entries = [];
  let place = 0;
  while (place < bundle.length) {
    const start = place + 2;
    place = start + (bundle[start - 2] << 8) + (bundle[start - 1] ?? 0);
    entries.push(bundle.slice(start, place));
  }
  if (place !== bundle.length || entries.length !== width) {
    throw new VerificationError(`not a bundle of ${width} entries`);
  }
  return entries;
}

/**
 * The entries of a log at one tree head; each was checked against its root hash when it is returned.
 *
 * `read` takes a path and returns its bytes, or null if there are none.
 */
export class Entries {
  #edge = null;
  #tiles = new Map();
  #bundles = new Map();

  constructor(head, read) {
    this.head = head;
    this.size = Number(head.size);
    this.read = read;
  }

  /** Return an entry's bytes, or null if the log has none at this index. */
  async at(index) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.size) return null;
    const bundle = await this.bundle(Math.floor(index / WIDTH));
    return bundle[index % WIDTH];
  }

  /** Return the up to 256 entries of a bundle. */
  async bundle(number) {
    if (!this.#bundles.has(number)) this.#bundles.set(number, await this.#readBundle(number));
    return this.#bundles.get(number);
  }

  async #readBundle(number) {
    const width = Math.min(WIDTH, this.size - number * WIDTH);
    let entries;
    const content = await this.read(tilePath("entries", number, width));
    if (content !== null) {
      entries = readBundle(content, width);
    } else {
      // The log may have deleted what a full bundle replaces.
      entries = readBundle(await this.#found(tilePath("entries", number)), WIDTH).slice(0, width);
    }
    const hashes = await this.#tile(0, number);
    for (const [place, entry] of entries.entries()) {
      const said = hashes.slice(place * HASH_SIZE, (place + 1) * HASH_SIZE);
      if (!equal(await hashLeaf(entry), said)) {
        throw new VerificationError(`bundle ${number} is not the one of the log's checkpoint`);
      }
    }
    return entries;
  }

  /** Return a tile: the edge is bound by the root, each full tile by a hash of the one above. */
  async #tile(level, index) {
    this.#edge ??= await this.#readEdge();
    const partial = this.#edge.get(level);
    if (partial?.index === index) return partial.content;
    const path = tilePath(level, index);
    if (!this.#tiles.has(path)) {
      const content = await this.#load(level, index, WIDTH);
      const above = await this.#tile(level + 1, Math.floor(index / WIDTH));
      const place = (index % WIDTH) * HASH_SIZE;
      if (!equal(await rootOf(content), above.slice(place, place + HASH_SIZE))) {
        throw new VerificationError(`${path} is not the one of the log's checkpoint`);
      }
      this.#tiles.set(path, content);
    }
    return this.#tiles.get(path);
  }

  async #readEdge() {
    const edge = new Map();
    let root = null;
    for (let level = 0, hashes = this.size; hashes > 0; level += 1) {
      const [index, width] = [Math.floor(hashes / WIDTH), hashes % WIDTH];
      if (width) {
        const content = await this.#load(level, index, width);
        edge.set(level, { index, content });
        root = await rootOf(content, root);
      }
      hashes = index;
    }
    if (root === null || !equal(root, this.head.rootHash)) {
      throw new VerificationError("the tiles do not have the root hash of the log's checkpoint");
    }
    return edge;
  }

  async #load(level, index, width) {
    const size = width * HASH_SIZE;
    let content = await this.read(tilePath(level, index, width));
    if (content === null && width < WIDTH) {
      content = (await this.#found(tilePath(level, index))).slice(0, size);
    }
    if (content?.length !== size) {
      throw new VerificationError(`${tilePath(level, index, width)} does not have ${size} bytes`);
    }
    return content;
  }

  async #found(path) {
    const content = await this.read(path);
    if (content === null) throw new VerificationError(`${path} is missing`);
    return content;
  }
}

/** Return the root over hashes of equal height, with that of a smaller tree to their right. */
async function rootOf(content, right = null) {
  const hashes = [];
  for (let at = 0; at < content.length; at += HASH_SIZE) {
    hashes.push(content.slice(at, at + HASH_SIZE));
  }
  // The perfect subtrees, largest first, joined from the right.
  let root = right;
  for (let end = hashes.length; end > 0; ) {
    const size = end & -end;
    const perfect = await perfectRoot(hashes.slice(end - size, end));
    root = root === null ? perfect : await hashChildren(perfect, root);
    end -= size;
  }
  return root;
}

async function perfectRoot(hashes) {
  while (hashes.length > 1) {
    const pairs = [];
    for (let at = 0; at < hashes.length; at += 2) {
      pairs.push(await hashChildren(hashes[at], hashes[at + 1]));
    }
    hashes = pairs;
  }
  return hashes[0];
}
