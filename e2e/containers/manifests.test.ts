import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { validate as validateDockerfile } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const deploy = new URL('../../deploy/', import.meta.url)
const readDeploy = (name: string) => readFile(new URL(name, deploy), 'utf8')

describe('deploy/compose.yaml', () => {
  const compile = async () => {
    const { $schema: _, ...schema } = JSON.parse(await readDeploy('schema/compose-spec.json'))
    return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema)
  }

  test('follows the schema of the Compose Specification', async () => {
    const validate = await compile()
    expect([validate(parse(await readDeploy('compose.yaml'))), validate.errors]).toEqual([true, null])
  })

  test.each([
    ['read_only: true', 'read-only: true'],
    ['condition: service_healthy', 'condition: healthy'],
    ['internal: true', 'internal: [true]'],
  ])('the schema refuses a mistake: %s written as %s', async (right, wrong) => {
    const text = await readDeploy('compose.yaml')
    expect(text).toContain(right)
    expect((await compile())(parse(text.replace(right, wrong)))).toBe(false)
  })
})

interface KubernetesObject {
  apiVersion: string
  kind: string
}

/** Throws what the Kubernetes API's own schema has against an object. */
async function validateKubernetes(object: KubernetesObject): Promise<void> {
  const { apiVersion, kind } = object
  const module = (await import(`kubernetes-models/${apiVersion}/${kind}`)) as Record<
    string,
    new (
      data: unknown,
    ) => { validate(): void }
  >
  const Model = module[kind]
  if (Model === undefined) throw new Error(`unknown kind ${kind}`)
  new Model(object).validate()
}

describe('deploy/kubernetes', () => {
  const readObjects = (text: string) =>
    parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject)

  test('every object follows the schema of its API', async () => {
    const names = await readdir(new URL('kubernetes/', deploy))
    expect(names.sort()).toEqual(['shared.yaml', 'sidecar.yaml'])
    for (const name of names)
      for (const object of readObjects(await readDeploy(`kubernetes/${name}`)))
        await expect(validateKubernetes(object)).resolves.toBeUndefined()
  })

  test.each([
    ['matchLabels: { app: countersign }', 'matchLabels: [app]'],
    ['containerPort: 4500', "containerPort: '4500'"],
    ['image: countersign', 'image: [countersign]'],
  ])('the schema refuses a mistake: %s written as %s', async (right, wrong) => {
    const text = await readDeploy('kubernetes/shared.yaml')
    expect(text).toContain(right)
    const [deployment] = readObjects(text.replace(right, wrong))
    await expect(validateKubernetes(deployment as KubernetesObject)).rejects.toThrow()
  })
})

describe('deploy/Dockerfile', () => {
  test('has no finding of the linter', async () => {
    expect(validateDockerfile(await readDeploy('Dockerfile'))).toEqual([])
  })

  test('the linter finds a mistake', async () => {
    const text = (await readDeploy('Dockerfile')).replace('EXPOSE 4500', 'EXPOSE http')
    expect(validateDockerfile(text)).not.toEqual([])
  })
})

function hasSystemd(): boolean {
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!hasSystemd())('deploy/countersign-proxy.service', () => {
  /** What systemd has against the unit, with a program that is there. */
  async function verify(unit: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-unit-'))
    try {
      const file = join(folder, 'countersign-proxy.service')
      await writeFile(file, unit.replaceAll('/usr/local/bin/countersign', process.execPath))
      // Warnings go to stderr, and leave the exit code alone.
      return execFileSync('sh', ['-c', 'systemd-analyze verify "$0" 2>&1 || true', file], {
        encoding: 'utf8',
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('systemd has nothing against it', async () => {
    expect(await verify(await readDeploy('countersign-proxy.service'))).toBe('')
  })

  test('systemd finds a mistake', async () => {
    const unit = (await readDeploy('countersign-proxy.service')).replace('DynamicUser=yes', 'DynamicUsr=yes')
    expect(await verify(unit)).toContain('DynamicUsr')
  })
})

test('docs/containers.md quotes the files as they are', async () => {
  const page = await readFile(new URL('../../docs/containers.md', import.meta.url), 'utf8')
  const quotes = [...page.matchAll(/^<!-- file: deploy\/(\S+) -->\n```\w+\n([\s\S]*?)```$/gm)]
  expect(quotes.map(([, name]) => name).sort()).toEqual([
    'Dockerfile',
    'compose.yaml',
    'countersign-proxy.service',
    'kubernetes/shared.yaml',
    'kubernetes/sidecar.yaml',
  ])
  for (const [, name = '', text] of quotes) expect(text).toBe(await readDeploy(name))
})
