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
  testTimeout: 30_000,
}
