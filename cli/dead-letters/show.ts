import { decodeInput } from '../../streams/input-record.ts'
import { printable } from './letter.ts'
import { iso, placeOf } from './list.ts'
import { findLetter, type LetterSource, originalOf } from './read-letters.ts'
import { readReplayed } from './replayed.ts'

const bytesALine = 16
const bytesShown = 512

/** `barline dead-letters show`: all of one letter; the value as its schema has it where that can be read, else as bytes. */
export async function showLetter(source: LetterSource, id: string, print: (line: string) => void): Promise<void> {
  const letter = await findLetter(source, id)
  const raw = await originalOf(source, letter)
  const replayedAt = (await readReplayed(source.log, source.codec)).get(letter.id)
  const facts: [string, string][] = [
    ['letter', letter.id],
    ['refused by', `${letter.processor}, run ${letter.runId}`],
    ['reason', letter.reason],
    ['message', letter.message],
    ['source', placeOf(letter.source)],
    ['timestamp', iso(letter.source.timestamp)],
    ['replayed', replayedAt === undefined ? 'no' : iso(replayedAt)],
    ['key', raw?.key ? JSON.stringify(printable(raw.key)) : 'null'],
    ...(raw?.headers ?? []).map(({ name, value }): [string, string] => [`header ${name}`, printable(value)]),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  for (const [name, text] of facts) print(`${name.padEnd(width)}  ${text}`)
  if (!raw) {
    print('\nits bytes are neither in the letter nor where it was read any more')
    return
  }
  if (raw.value === null) {
    print('\nits value is null')
    return
  }
  const { input, refusal } = await decodeInput(source.codec, letter.source, raw)
  if (input?.kind === 'data') {
    print(`\n${input.recordName}, ${raw.value.length} bytes`)
    print(JSON.stringify(input.value, asText, 2))
    return
  }
  print(`\n${raw.value.length} bytes${refusal ? `; not read: ${refusal.message}` : ''}`)
  for (const line of hexLines(raw.value)) print(line)
}

/** What JSON has no word for: NaN and infinities, bytes, and numbers as they are. */
function asText(_name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value) {
    return printable(Buffer.from(value.data as number[]))
  }
  return value
}

function hexLines(bytes: Buffer): string[] {
  const lines: string[] = []
  for (let start = 0; start < Math.min(bytes.length, bytesShown); start += bytesALine) {
    const line = bytes.subarray(start, start + bytesALine)
    const hex = line
      .toString('hex')
      .replace(/../g, '$& ')
      .padEnd(3 * bytesALine)
    const text = line.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    lines.push(`  ${start.toString(16).padStart(6, '0')}  ${hex} ${text}`)
  }
  if (bytes.length > bytesShown) lines.push(`  … ${bytes.length - bytesShown} bytes more`)
  return lines
}
