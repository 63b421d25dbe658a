/**
 * A smooth random line: value noise between -1 and 1 whose features are about 1 wide. A function of the place alone, so that
 * every caller sees the same line wherever it begins.
 */
export function smoothNoise(seed: number, x: number): number {
  const cell = Math.floor(x)
  const within = x - cell
  const weight = within * within * (3 - 2 * within)
  const left = corner(seed, cell)
  return left + (corner(seed, cell + 1) - left) * weight
}

function corner(seed: number, cell: number): number {
  // Cells of a fine line over years do not fit into 32 bits: both halves are mixed in.
  const low = cell | 0
  const high = Math.floor(cell / 4_294_967_296) | 0
  let mixed = Math.imul(low ^ seed, 0x9e3779b1) ^ Math.imul(high + 0x7f4a7c15, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2_147_483_648 - 1
}
