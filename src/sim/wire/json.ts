/** A JSON object as it comes from outside: every field is still to be checked. */
export type JsonObject = { readonly [key: string]: unknown }

/** True for a JSON object that is not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function numberField(object: JsonObject, key: string): number | undefined {
  const value = object[key]
  return typeof value === 'number' ? value : undefined
}

export function textField(object: JsonObject, key: string): string | undefined {
  const value = object[key]
  return typeof value === 'string' ? value : undefined
}

/** Rows of `[price, quantity]` texts; anything else in the array is left out. */
export function levelRows(value: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(value)) return []
  const rows: [string, string][] = []
  for (const row of value) {
    if (!Array.isArray(row)) continue
    const price: unknown = row[0]
    const quantity: unknown = row[1]
    if (typeof price === 'string' && typeof quantity === 'string') rows.push([price, quantity])
  }
  return rows
}
