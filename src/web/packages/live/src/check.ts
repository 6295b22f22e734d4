/** Returns the value with the type that it was checked for. @throws if it has another type. */
export type Check<T> = (value: unknown) => T

function fail(): never {
  throw new TypeError('unexpected payload')
}

export const number: Check<number> = (value) => (typeof value === 'number' ? value : fail())
export const integer: Check<number> = (value) => (Number.isSafeInteger(value) ? number(value) : fail())
export const text: Check<string> = (value) => (typeof value === 'string' ? value : fail())
export const object: Check<object> = (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : fail())
export const bool: Check<boolean> = (value) => (typeof value === 'boolean' ? value : fail())

export function oneOf<const T extends string>(...words: readonly T[]): Check<T> {
  return (value) => words.find((word) => word === value) ?? fail()
}

/** Accepts null and undefined as the same. */
export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === undefined || value === null ? null : check(value))
}

export const nullableNumber = orNull(number)

export function optional<T>(check: Check<T>, absent: T): Check<T> {
  return (value) => (value === undefined ? absent : check(value))
}

export function array<T>(check: Check<T>): Check<readonly T[]> {
  return (value) => (Array.isArray(value) ? value.map((item) => check(item)) : fail())
}

export function tuple<A, B>(first: Check<A>, second: Check<B>): Check<readonly [A, B]> {
  return (value) => (Array.isArray(value) && value.length === 2 ? [first(value[0]), second(value[1])] : fail())
}

/** Checks an object with these fields; drops others. */
export function shape<T>(fields: { readonly [K in keyof T]: Check<T[K]> }): Check<T> {
  return (value) => {
    if (typeof value !== 'object' || value === null) return fail()
    const checks: [string, Check<unknown>][] = Object.entries(fields)
    const found = checks.map(([name, check]) => [name, check(Reflect.get(value, name))])
    return Object.fromEntries(found) as T
  }
}
