import type { IndicatorDescription } from '../../catalog/indicator-description.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'

/** What a page shows beside the description. */
export type PageParts = {
  readonly usedBy: readonly string[]
  /** What the plot does not show, or why there is none. */
  readonly plot: { readonly isDrawn: boolean; readonly caption: string }
}

const GENERATED = '<!-- Generated from the catalog by research/write-indicator-pages.ts -->'

/** The page of an indicator in Markdown. `ids` are the indicators that have a page. */
export function indicatorPage(
  { id, title, facts, outputs, states }: IndicatorDescription,
  { usedBy, plot }: PageParts,
  ids: ReadonlySet<string>,
): string {
  const formula = facts.find(([label]) => label === 'formula')?.[1] ?? ''
  const others = facts.filter(([label]) => label !== 'formula')
  const linked = (text: string) => text.replaceAll(/[a-z0-9_]+/g, (word) => (ids.has(word) ? link(word) : word))
  const factLines = others.map(([label, text]) => {
    const isOfIds = label === 'computed from' || label === 'notes'
    return `- **${label}**: ${isOfIds ? linked(escaped(text)) : escaped(text)}`
  })
  return [
    GENERATED,
    `# ${escaped(title)}`,
    '',
    `\`${id}\``,
    '',
    ...(plot.isDrawn ? [`![${id} on daily bars](${id}.svg)`, ''] : []),
    ...(plot.caption === '' ? [] : [plot.caption, '']),
    '```text',
    formula,
    '```',
    '',
    ...factLines,
    ...(usedBy.length === 0 ? [] : [`- **used by**: ${usedBy.map(link).join(', ')}`]),
    '',
    '| output | type | unit | range |',
    '|---|---|---|---|',
    ...outputs.map(({ name, type, unit, range }) => `| \`${name}\` | ${type} | ${unit} | ${range} |`),
    ...states.flatMap(({ name, labels }) => [
      '',
      `| \`${name}\` | state |`,
      '|---|---|',
      ...labels.map(([code, label]) => `| ${code} | ${label} |`),
    ]),
    '',
    '[All indicators](README.md)',
    '',
  ].join('\n')
}

/** The page that lists all indicators by family, in catalog order. */
export function indexPage(rows: readonly IndicatorRow[]): string {
  const families = [...new Set(rows.map(({ family }) => family))]
  return [
    GENERATED,
    '# Indicators',
    '',
    `The ${rows.length} indicators of the catalog, each with its formula, its states and a plot on daily bars that ship with the project. L1 are`,
    'values of bars; L2 and L3 are states, events, episodes, zones and vectors made of them. The same on the command line: `barline indicators',
    'list` and `show`; over a file of bars: [computing indicators](../computing-indicators.md).',
    ...families.flatMap((family) => [
      '',
      `## ${family}`,
      '',
      '| indicator | name | level | kind | outputs | first value at bar |',
      '|---|---|---|---|---|---|',
      ...rows.filter((row) => row.family === family).map(indexLine),
    ]),
    '',
  ].join('\n')
}

function indexLine({ id, name, level, kind, outputs, warmupBars }: IndicatorRow): string {
  const named = outputs.map((output) => output.name).join(', ')
  return `| ${link(id)} | ${escaped(name)} | ${level} | ${kind} | ${named} | ${warmupBars ?? 'by its data'} |`
}

function link(id: string): string {
  return `[${id}](${id}.md)`
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*<>[\]|]/g, String.raw`\$&`)
}
