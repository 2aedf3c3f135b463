/** Controls, bidi overrides and other invisible format characters, line separators, half surrogate pairs. */
export const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
