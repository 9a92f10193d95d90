import { cpus } from 'node:os'
import { textTable } from '../cli/text-table.ts'
import { asOfJoins } from './features/as-of-join.ts'
import { inProcess, overHttp } from './features/online.ts'
import { dailyView, symbols } from './features/synthetic.ts'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

print(
  `${symbols.length} symbols x ${dailyView().features.length} features, on ${cpus().length} x ${cpus()[0]?.model ?? '?'}, Node ${process.version}`,
)
print(
  textTable(
    [...(await inProcess()), ...(await overHttp())].map(({ p50, p99, ...rest }) => ({
      ...rest,
      'p50 ms': p50,
      'p99 ms': p99,
    })),
  ),
)
print(textTable(await asOfJoins()))
