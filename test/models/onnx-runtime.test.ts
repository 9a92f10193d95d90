import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url)
const onnx = fileURLToPath(new URL('models/candle_centroids/1/model.onnx', root))

test('the runtime leaves nothing on the disk, which its telemetry would', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'barline-onnx-'))
  try {
    const script = `const { InferenceSession } = await import(${JSON.stringify(new URL('models/onnx-runtime.ts', root).href)})
      const { inputNames } = await InferenceSession.create(process.argv[1])
      process.stdout.write(inputNames.join())`
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, onnx], {
      cwd: fileURLToPath(root),
      env: { PATH: process.env.PATH, TMPDIR: folder, XDG_CACHE_HOME: folder, HOME: folder },
    })
    expect(stdout).not.toBe('')
    const left = await readdir(folder, { recursive: true })
    // The loader of this process's TypeScript keeps what it has translated.
    expect(left.filter((path) => !/^(tsx-|node-compile-cache)/.test(path))).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
