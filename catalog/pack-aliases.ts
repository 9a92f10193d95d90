/** Names that stand for several packs, read in this order. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  core_v1: ['core_value_v1', 'core_state_v1', 'core_event_v1', 'core_episode_v1'],
}

/** The aliases there are: `core_v1` = the four packs that hold no vectors. */
export const packAliases: readonly string[] = Object.keys(ALIASES)

/** The packs that a name stands for: those of an alias, else the one of that id. */
export function packsNamed(name: string): readonly string[] {
  return (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined) ?? [name]
}
