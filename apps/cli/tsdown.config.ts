import { defineConfig, type UserConfig } from 'tsdown'
import { command, tunnels } from './build/bundle.ts'

const config: UserConfig[] = defineConfig([command, tunnels])
export default config
