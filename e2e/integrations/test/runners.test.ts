import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const experimental = { NODE_OPTIONS: '--experimental-vm-modules' }

interface Run {
  folder: string
  /** As in a script of `package.json`. */
  command: string
  env?: Record<string, string>
}

/** Runs a suite in a process of its own, and returns what failed and how many passed. */
function runSuite({ folder, command, env = {} }: Run) {
  const directory = mkdtempSync(join(tmpdir(), 'runners-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const report = join(directory, 'report.json')
  const path = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
  const { stdout, stderr, status } = spawnSync(`${command} --outputFile=${report}`, {
    shell: true,
    cwd: join(root, folder),
    encoding: 'utf8',
    env: { PATH: path, HOME: process.env['HOME'], ...env },
  })
  const output = stdout + stderr
  expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' })
  return JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numTotalTests: number }
}

/** A script of the example's `package.json`. */
function script(folder: string, name: string): string {
  const { scripts } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  return `${scripts[name]} --testTimeout=600000 --json`
}

const commonjs = 'runners/jest-commonjs'
const transformedJest = `jest --config ../${commonjs}/jest.transformed.config.js --rootDir . --testTimeout=600000 --json`

const suites: Record<string, Run & { tests: number }> = {
  'the example for Vitest': {
    folder: 'runners/vitest',
    command: 'vitest run --root . --testTimeout=600000 --reporter=json',
    tests: 2,
  },
  'the example for Jest with ES modules': {
    folder: 'runners/jest-esm',
    command: script('runners/jest-esm', 'test'),
    tests: 2,
  },
  'the example for Jest with CommonJS': { folder: commonjs, command: script(commonjs, 'test'), tests: 2 },
  'the example for Jest with CommonJS, transformed': {
    folder: commonjs,
    command: script(commonjs, 'test:transformed'),
    tests: 2,
  },
  'fake timers in Vitest': {
    folder: 'fake-timers',
    command: 'vitest run --root . vitest.test.js --testTimeout=600000 --reporter=json',
    tests: 18,
  },
  'fake timers in Jest with ES modules': {
    folder: 'fake-timers',
    command: 'jest jest.test.js --rootDir . --testTimeout=600000 --json',
    env: experimental,
    tests: 18,
  },
  'fake timers in Jest with CommonJS, transformed': {
    folder: 'fake-timers',
    command: `${transformedJest} jest.test.js`,
    tests: 18,
  },
}

test.each(Object.entries(suites))('%s passes', (_, { tests, ...run }) => {
  expect(runSuite(run)).toMatchObject({ numPassedTests: tests, numTotalTests: tests })
})

test('the pattern of the transformed example takes what it must from the folders of npm and pnpm', () => {
  const require = createRequire(import.meta.url)
  const config = require(`../${commonjs}/jest.transformed.config.js`) as { transformIgnorePatterns: string[] }
  const patterns = config.transformIgnorePatterns.map((pattern) => new RegExp(pattern))
  const transformed = (file: string) => !patterns.some((pattern) => pattern.test(file))
  expect(
    [
      '/app/node_modules/jose/dist/webapi/index.js',
      '/app/node_modules/@countersign/core/node_modules/ky/distribution/index.js',
      '/app/node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/index.js',
      '/app/node_modules/.pnpm/@countersign+core@1.0.0/node_modules/@countersign/core/dist/index.js',
    ].filter((file) => !transformed(file)),
  ).toEqual([])
  expect(
    [
      '/app/node_modules/express/index.js',
      '/app/node_modules/.pnpm/redis@6.3.1/node_modules/redis/dist/index.js',
    ].filter(transformed),
  ).toEqual([])
})
