import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../..', import.meta.url))
const scripts = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts)

interface Job {
  needs?: string
  environment?: unknown
  permissions?: Record<string, string>
  'timeout-minutes'?: number
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[]
}
interface Workflow {
  permissions?: Record<string, string>
  on: Record<string, unknown>
  env?: Record<string, string>
  jobs: Record<string, Job>
}

const workflows = globSync('.github/workflows/*.yml', { cwd: root }).map((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  return { file, text, workflow: parse(text) as Workflow }
})

describe.each(workflows)('$file', ({ text, workflow }) => {
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps)

  test('pins every action by its commit and names the version', () => {
    const uses = text.match(/uses: .*/g) ?? []
    expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
    expect(uses.length).toBeGreaterThan(0)
  })

  test('may only read, unless a job says what else it needs', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions)
    const writing = jobs.filter(({ permissions = {} }) => Object.values(permissions).includes('write'))
    for (const { permissions } of writing) expect(permissions).not.toHaveProperty('actions')
  })

  test('keeps no credentials in the checkout, and ends in time', () => {
    for (const { uses, with: input } of steps)
      if (uses?.startsWith('actions/checkout@')) expect(input).toMatchObject({ 'persist-credentials': false })
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })

  test('puts no text of other people into a script', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
    expect(steps.filter(({ run = '' }) => run.includes('${{'))).toEqual([])
  })

  test('calls scripts that are there', () => {
    const called = steps.flatMap(({ run = '', with: { script = '' } = {} }) =>
      [...`${run}\n${script}`.matchAll(/pnpm(?:@[\d.]+)? (?:run )?([a-z][\w:-]*)/g)].map(
        ([, name = '']) => name,
      ),
    )
    const known = [...scripts, 'install', 'test']
    expect(called.filter((name) => !known.includes(name))).toEqual([])
  })
})

test('the site is built and checked by a job that may only read, and published from main by one that builds nothing', () => {
  const site = workflows.find(({ file }) => file.endsWith('/site.yml'))?.workflow
  const { build, publish } = site?.jobs ?? {}
  expect(site?.on).toEqual({ push: { branches: ['main'] }, workflow_dispatch: null })
  expect(build?.permissions).toBeUndefined()
  expect(site?.env?.['SITE_URL']).toMatch(/^https:.*\/$/)
  expect(build?.steps.map(({ run = '' }) => run).join('\n')).toMatch(/ site$/m)
  expect(publish?.permissions).toEqual({ pages: 'write', 'id-token': 'write' })
  expect(publish?.environment).toMatchObject({ name: 'github-pages' })
  expect(publish?.needs).toBe('build')
  expect(publish?.steps.map(({ uses = '' }) => uses.split('@')[0])).toEqual(['actions/deploy-pages'])
})

test('only the job that publishes may speak for this repository to npm, and no workflow has an npm token', () => {
  const speaking = workflows.flatMap(({ file, workflow }) =>
    Object.entries(workflow.jobs)
      .filter(([, { permissions }]) => permissions?.['id-token'] === 'write')
      .map(([name]) => `${file}: ${name}`),
  )
  expect(speaking.sort()).toEqual([
    '.github/workflows/release.yml: publish',
    // It signs its result.
    '.github/workflows/scorecard.yml: scorecard',
    // GitHub Pages asks for it.
    '.github/workflows/site.yml: publish',
  ])
  for (const { text } of workflows) expect(text).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/)
})
