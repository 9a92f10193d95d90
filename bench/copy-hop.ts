import { parseArgs } from 'node:util'
import { startCopy } from './exactly-once-copy.ts'

/** One hop of a chain of plain copies, as a process of its own. It says `copying`, and ends when its standard input does. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string', default: '' },
      from: { type: 'string', default: '' },
      to: { type: 'string', default: '' },
      partitions: { type: 'string', default: '4' },
    },
  })
  const { from, to } = values
  const copy = await startCopy({ brokers: values.brokers.split(','), from, to, partitions: Number(values.partitions) })
  const asked = new Promise<void>((resolve) => process.stdin.resume().once('end', resolve))
  process.stdout.write('copying\n')
  await Promise.race([asked, copy.failure])
  await copy.stop()
}

await main()
