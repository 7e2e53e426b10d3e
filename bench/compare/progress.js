import ora from 'ora';

/** Says on stderr what is being measured: one moving line in a terminal, a line for each layer elsewhere. */
export function createProgress(layerCount) {
  const spinner = process.stderr.isTTY ? ora({ stream: process.stderr, discardStdin: false }).start() : null;
  let position = '';
  return {
    layer(index, name) {
      position = `[${index + 1}/${layerCount}] ${name}`;
      if (spinner) spinner.text = position;
      else process.stderr.write(`${position}\n`);
    },
    pass(name) {
      if (spinner) spinner.text = `${position} ${name}`;
    },
    end() {
      spinner?.stop();
    },
  };
}
