/** Codes of the market structures that swings make. */
export const STRUCTURE = { up: 0, down: 1, sideways: 2, transition: 3 } as const
