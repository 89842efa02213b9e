import type { Command } from 'commander'
import type { ConfigureCommand } from '../command.ts'
import { toBruno } from '../export/bruno.ts'
import { type Collection, createCollection, type ExportedMount, secretName } from '../export/collection.ts'
import { toHurl } from '../export/hurl.ts'
import { toPostman } from '../export/postman.ts'
import { readBaseUrl } from '../export/read-base-url.ts'
import { writeFolder } from '../export/write-folder.ts'
import type { Flags } from '../field-names.ts'
import { writeOutput } from '../files.ts'
import { type ExampleIds, exampleIds } from '../help-examples.ts'
import type { Io } from '../io.ts'
import { nameProfile } from '../open-provider.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { loadProvider } from '../providers.ts'
import { secretHeader, secretVariable } from '../proxy/access-check.ts'
import { type MountSpec, parseMounts } from '../proxy/mounts.ts'
import { refuseAmbiguousFlags, withOwnProfile } from '../proxy/open-mounts.ts'
import { toPort } from '../serving/listen.ts'
import { shellQuote } from '../shell-quote.ts'
import { UsageError } from '../usage-error.ts'

/** What a program reads that runs collections: one text, or a folder of files. */
interface Format {
  name: string
  summary: string
  /** What follows the summary in the help. */
  about: string
  /** How the collection is run. */
  run: (output: string) => string
  render: (collection: Collection) => string | ReadonlyMap<string, string>
  /** What `--output` names. */
  output: { flags: string; description: string }
  examples: (ids: ExampleIds) => string
}

const toFile = { flags: '-o, --output <file>', description: 'write to a file; - for stdout (default)' }

const formats: readonly Format[] = [
  {
    name: 'bruno',
    summary: 'Write a Bruno collection, which is a folder.',
    about: `In the app, choose the environment local and set the secret variable ${secretName}. Bruno's command takes the
secret from the variable ${secretVariable}: bru run --env shell`,
    run: (output) => `cd ${shellQuote(output)} && bru run --env shell`,
    render: toBruno,
    output: { flags: '-o, --output <folder>', description: 'the folder to write, new or empty' },
    examples: ([one, , three]) => `
  countersign export bruno ${three} --output ${three}-requests
  countersign export bruno ${one} ${three} --port 4800 --output requests`,
  },
  {
    name: 'postman',
    summary: 'Write a Postman collection (v2.1).',
    about: `Set the variable ${secretName} to the secret in Postman. Newman takes it from an environment file; with
--env-var, others could see it.`,
    run: (output) => `newman run ${shellQuote(output)} --environment FILE`,
    render: toPostman,
    output: toFile,
    examples: ([one, , three]) => `
  countersign export postman ${three} --output ${three}.json
  countersign export postman ${one} ${three} --port 4800 > requests.json`,
  },
  {
    name: 'hurl',
    summary: 'Write a Hurl file.',
    about: 'The first lines of the file say which variables Hurl reads.',
    run: (output) => `hurl --test ${shellQuote(output)}`,
    render: toHurl,
    output: toFile,
    examples: ([one, , three]) => `
  countersign export hurl ${three} --output ${three}.hurl
  countersign export hurl --mount /eu=${one}:work --mount :4801=${three}`,
  },
]

interface ExportOptions extends GlobalOptions {
  output?: string
  force?: boolean
  port: number
  mount?: readonly string[]
  environment?: string
  profile?: string
  baseUrl?: string
}

/** `countersign export bruno | postman | hurl` */
export const configureExport: ConfigureCommand = (command, { io }) => {
  for (const format of formats) {
    const part = command.command(format.name).summary(format.summary).description(format.summary)
    configureFormat(part, format, io)
    part.addHelpText('after', `\n${format.about}\n\n${about}\n\nExamples:${format.examples(exampleIds())}`)
  }
  const [, , three] = exampleIds()
  command.addHelpText(
    'after',
    `\n${about}\n\nExamples:
  countersign export bruno ${three} --output ${three}-requests
  countersign export postman ${three} --output ${three}.json
  countersign export hurl ${three} --output ${three}.hurl`,
  )
}

const about = `The requests go through \`countersign proxy\`, which signs them. Pass the same providers, --mount and --port to both.
Each provider's example request is written; it reads and changes nothing. No credentials are read, and no secret is
written: the header ${secretHeader} takes its value from the variable ${secretName}.`

function configureFormat(command: Command, format: Format, io: Io): void {
  command
    .argument('[provider...]', 'one or more providers, each with an optional profile, as for proxy')
    .option(format.output.flags, format.output.description)
    .option('--force', 'replace existing files')
    .option('--port <n>', 'port of the proxy', toPort('--port'), 4500)
    .option(
      '--mount <place=provider>',
      'a provider at a path or on a port of its own, as for proxy; repeatable',
      (text: string, all: readonly string[] = []) => [...all, text],
    )
    .option('--environment <name>', 'environment of the provider')
    .option('--profile <name>', 'profile whose base URL counts (or the variable COUNTERSIGN_PROFILE)')
    .option('--base-url <url>', 'base URL of the provider, of which only the path is written')
  command.action(async (names: readonly string[]) => {
    const options = command.optsWithGlobals<ExportOptions>()
    const { port, mount = [], output: place } = options
    if (place === '') throw new UsageError('--output must not be empty.')
    if (port === 0) throw new UsageError('--port must be the port of the proxy, not 0.')
    const output = createOutput(io, options)
    const specs = parseMounts(names, mount)
    const mounts = await readMounts(specs, options, io, output)
    const words = [
      ...names,
      ...mount.flatMap((text) => ['--mount', text]),
      ...(options.environment === undefined ? [] : ['--environment', options.environment]),
      ...(options.profile === undefined ? [] : ['--profile', options.profile]),
      ...(port === 4500 ? [] : ['--port', String(port)]),
    ]
    const collection = createCollection(mounts, { port, words })
    await emit(collection, format, options, io, output)
  })
}

/** The base URL of each, by the rules that `proxy` has for flags and variables of several providers. */
async function readMounts(
  specs: readonly MountSpec[],
  { environment, profile, baseUrl }: ExportOptions,
  io: Io,
  { talk, detail }: Output,
): Promise<ExportedMount[]> {
  const flags: Flags = { environment, profile, baseUrl }
  if (specs.length > 1) refuseAmbiguousFlags(flags)
  const mounts: ExportedMount[] = []
  for (const spec of specs) {
    if (spec.profile !== undefined && profile !== undefined)
      throw new UsageError('The profile is given twice, with --profile and after the provider. Keep one.')
    const provider = await loadProvider(spec.provider)
    const ownIo =
      specs.length > 1 && spec.profile === undefined ? await withOwnProfile(spec.provider, io) : io
    const read = await readBaseUrl(provider, { ...flags, profile: spec.profile ?? profile }, ownIo)
    nameProfile(read.profile, { talk, detail })
    mounts.push({ spec, provider, baseUrl: read.baseUrl })
  }
  return mounts
}

async function emit(
  collection: Collection,
  { name: format, render, run }: Format,
  { output: place, force = false }: ExportOptions,
  io: Io,
  output: Output,
): Promise<void> {
  const rendered = render(collection)
  const described = {
    format,
    requests: collection.requests.map(({ title, method, baseUrl, path }) => ({
      title,
      method,
      baseUrl,
      path,
    })),
    variables: [
      ...collection.baseUrls.map(({ name, value }) => ({ name, secret: false, value })),
      { name: secretName, secret: true },
    ],
  }
  if (place === undefined || place === '-') {
    if (typeof rendered !== 'string')
      throw new UsageError(
        `A collection for ${format} is a folder and cannot be written to stdout.`,
        'Pass --output FOLDER.',
      )
    if (output.json) output.value({ ...described, content: rendered })
    else io.stdout.write(rendered)
    return
  }
  const files = typeof rendered === 'string' ? [place] : await writeFolder(place, rendered, { force })
  if (typeof rendered === 'string') await writeOutput(place, rendered, { secret: false, force })
  if (output.json) output.value({ ...described, files })
  else for (const file of files) output.result(file)
  output.talk(`Start the proxy with the secret in ${secretVariable}: ${collection.command}`)
  output.talk(`Run the requests: ${run(place)}`)
}
