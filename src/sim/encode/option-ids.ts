/** Ids of the options host do not fit into a double: they count up from here. */
const firstOptionId = 4_611_875_134_400_000_000n

/** A trade id of an option as the wire writes it; -1 where there is none. */
export function optionTradeId(id: number): string {
  return id < 0 ? '-1' : String(firstOptionId + BigInt(id))
}
