import type { SideField } from '../indicators/side-fields.ts'

/** Where each field goes in the array to fill; a field that nobody asks for is not there. */
export type FieldSlots = Readonly<Partial<Record<SideField, number>>>

/** What a list of fields asks for. */
export type FieldPlan = {
  readonly slots: FieldSlots
  /** The places that side inputs answer for. */
  readonly own: readonly number[]
  readonly wants: Readonly<Record<FieldGroup, boolean>>
}

/** The part of a field's name before the dot, for the fields that side inputs answer for. */
const GROUPS = ['quote', 'fundamental', 'event', 'surprise', 'portfolio', 'position', 'macro'] as const

/** One of the groups of fields. */
export type FieldGroup = (typeof GROUPS)[number]

/** Plans the filling of `fields`. Other timeframes (`@`) and the benchmark are filled by who has bars. */
export function planFields(fields: readonly SideField[]): FieldPlan {
  const slots: Partial<Record<SideField, number>> = {}
  const own: number[] = []
  const wants = {
    quote: false,
    fundamental: false,
    event: false,
    surprise: false,
    portfolio: false,
    position: false,
    macro: false,
  }
  for (const [index, field] of fields.entries()) {
    const group = GROUPS.find((name) => !field.includes('@') && field.startsWith(`${name}.`))
    if (group === undefined) continue
    slots[field] = index
    own.push(index)
    wants[group] = true
  }
  return { slots, own, wants }
}
