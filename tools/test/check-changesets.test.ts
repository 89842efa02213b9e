import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { carriedByCommand, checkChanges, checkFirstReleases } from '../check-changesets.ts'
import { readSourceTree } from '../structure/source-tree.ts'

const packages = readSourceTree(fileURLToPath(new URL('../..', import.meta.url)))
const libraries = packages
  .filter(({ manifest, id }) => manifest['private'] !== true && id !== 'cli' && id !== 'testing')
  .map(({ manifest }) => String(manifest['name']))
const release = (name: string, type = 'patch') => ({ name, type, oldVersion: '1.0.0', newVersion: '1.0.1' })
const [adapter = ''] = libraries.filter((name) => name !== '@countersign/core')
const demand = (name: string) =>
  `${name} changes, and @countersign/cli carries its code: add @countersign/cli to the changeset`

test('the command carries core, every adapter, the registry and the page, and nothing that only tests use', () => {
  expect([...carriedByCommand(packages)].sort()).toEqual(
    [...libraries, '@countersign/playground', '@countersign/providers'].sort(),
  )
})

const plan = (...releases: ReturnType<typeof release>[]) => ({
  releases,
  changesets: releases.length === 0 ? [] : [{ releases }],
})
const missing = (name: string) =>
  `${name} changes without a changeset: run pnpm changeset, with --empty if no user notices`

test.each(['@countersign/core', adapter])('a release of %s demands one of the command', (name) => {
  expect(checkChanges(packages, plan(release(name)), [])).toEqual([demand(name)])
  expect(checkChanges(packages, plan(release(name), release('@countersign/cli')), [])).toEqual([])
})

test('a change in a private package that the command carries demands a release of the command', () => {
  expect(checkChanges(packages, plan(), ['apps/playground/src/main.tsx'])).toEqual([
    demand('@countersign/playground'),
  ])
  expect(checkChanges(packages, plan(), ['apps/playground/README.md', 'bench/playground.ts'])).toEqual([])
})

test('a changeset for another package does not cover a changed one', () => {
  const others = plan(release(adapter), release('@countersign/cli'))
  expect(checkChanges(packages, others, ['packages/core/src/index.ts'])).toEqual([
    missing('@countersign/core'),
  ])
  expect(checkChanges(packages, others, ['packages/testing/src/index.ts'])).toEqual([
    missing('@countersign/testing'),
  ])
})

test('a changeset without packages says that no user notices', () => {
  const empty = { releases: [], changesets: [{ releases: [] }] }
  expect(checkChanges(packages, empty, ['packages/core/src/index.ts'])).toEqual([])
})

test('a release of a package that the command does not carry leaves the command alone', () => {
  expect(checkChanges(packages, plan(release('@countersign/testing')), [])).toEqual([])
  expect(checkChanges(packages, plan(release('@countersign/core', 'none')), [])).toEqual([])
})

test('a package that was never released must begin at 1.0.0', () => {
  const fresh = packages.map((one) => ({ ...one, manifest: { ...one.manifest, version: '0.0.0' } }))
  expect(checkFirstReleases(fresh, [])).toContain('@countersign/core has no changeset that makes it 1.0.0')
})
