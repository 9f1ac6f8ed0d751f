// @openzeppelin/merkle-tree: a standard tree of bytes32 and every proof. Prints {"seconds": …}.
import { randomBytes } from "node:crypto";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";

const leaves = Array.from({ length: Number(process.argv[2]) }, () => ["0x" + randomBytes(32).toString("hex")]);

function once() {
  const start = performance.now();
  const tree = StandardMerkleTree.of(leaves, ["bytes32"]);
  for (let index = 0; index < leaves.length; index++) tree.getProof(index);
  return (performance.now() - start) / 1000;
}

console.log(JSON.stringify({ seconds: once() }));
