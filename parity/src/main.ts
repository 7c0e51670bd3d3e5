import { program } from './program.ts';

process.exitCode = await program(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  // npm runs scripts in the folder of the package; paths are meant from where it was called.
  folders: [process.cwd(), process.env['INIT_CWD'] ?? process.cwd()],
});
