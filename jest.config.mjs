// Test files get a copy of the environment, so what models/onnx-runtime.ts sets there does not reach the runtime.
process.env.ORT_DISABLE_TELEMETRY = '1'

export default {
  testEnvironment: '<rootDir>/test/support/jest-environment.mjs',
  globalSetup: '<rootDir>/test/support/shared-stack-setup.mjs',
  globalTeardown: '<rootDir>/test/support/shared-stack-teardown.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '<rootDir>/test/support/swc-transformer.mjs',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      },
    ],
  },
  coverageProvider: 'babel',
  // Every test file leaves some 20 MB of modules behind in the process that ran it: in one process the collector takes over before
  // the two hundredth file. Processes that are made anew do not get there; and two of them, since many tests wait for servers.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
}
