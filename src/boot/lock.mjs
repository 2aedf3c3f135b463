import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const LOOK_AGAIN_MS = 150
/** A lock file without a readable owner is being written right now, or its writer died in the middle. */
const UNREADABLE_FOR_MS = 5000

/** Runs `work` while no other process does. A lock whose owner is dead, or whose pid now is another process, is taken over. */
export async function withLock(file, tell, work) {
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) })
  let told = false
  while (!take(file, mine)) {
    if (stealIfDead(file)) continue
    if (!told) tell(`waiting for another process that installs or builds here (${ownerOf(file)}).`)
    told = true
    await pause(LOOK_AGAIN_MS)
  }
  const release = () => {
    if (textOf(file) === mine) rmSync(file, { force: true })
  }
  process.once('exit', release)
  try {
    return await work()
  } finally {
    release()
    process.removeListener('exit', release)
  }
}

function take(file, mine) {
  try {
    writeFileSync(file, mine, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** True when the lock may be tried for again at once. */
function stealIfDead(file) {
  const seen = textOf(file)
  if (seen === undefined) return true
  if (isHeld(file, seen)) return false
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return true
  }
  // Between the look and the rename another process may have stolen it first: then this is a living lock, and goes back.
  const moved = textOf(aside)
  rmSync(aside, { force: true })
  if (moved !== seen && moved !== undefined) take(file, moved)
  return true
}

function isHeld(file, text) {
  const owner = parse(text)
  if (!owner) return ageOf(file) < UNREADABLE_FOR_MS
  const started = startOf(owner.pid)
  return started !== undefined && started === owner.started
}

function parse(text) {
  try {
    const owner = JSON.parse(text)
    return Number.isInteger(owner?.pid) ? owner : undefined
  } catch {
    return undefined
  }
}

function ownerOf(file) {
  const owner = parse(textOf(file) ?? '')
  return owner ? `pid ${owner.pid}` : file
}

/**
 * When a process began, as text that only serves to be compared; `undefined` for one that is dead or a zombie.
 * Together with the pid it names one process for ever, also after the pid is used again.
 */
function startOf(pid) {
  if (process.platform === 'linux') return startFromProc(textOf(`/proc/${pid}/stat`))
  const { stdout, error } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  if (error) return isAlive(pid) ? 'unknown' : undefined
  const [state = '', ...started] = stdout.trim().split(/\s+/)
  return state === '' || state.startsWith('Z') ? undefined : started.join(' ')
}

/** Fields after the name, which stands in parentheses and may hold anything: state is the first, the start the 20th. */
function startFromProc(stat) {
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function ageOf(file) {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
}
