import { defineConfig, type UserConfig } from 'tsdown'
import { command } from './build/bundle.ts'

const config: UserConfig = defineConfig(command)
export default config
