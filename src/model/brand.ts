declare const brand: unique symbol

/** A base type that only its parser can make; it costs nothing at run time. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }
