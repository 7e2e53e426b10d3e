import ora from 'ora';

/** Says on stderr what is being measured: one moving line in a terminal, a line for each step elsewhere. */
export function createProgress(stepCount = 0) {
  const spinner = process.stderr.isTTY ? ora({ stream: process.stderr, discardStdin: false }).start() : null;
  let position = '';
  let step = 0;
  const say = (text) => {
    if (spinner) spinner.text = text;
    else process.stderr.write(`${text}\n`);
  };
  return {
    say,
    /** How many steps there will be. */
    expect(count) {
      stepCount = count;
    },
    next(name) {
      position = `[${++step}/${stepCount}] ${name}`;
      say(position);
    },
    pass(name) {
      if (spinner) spinner.text = `${position} ${name}`;
    },
    end() {
      spinner?.stop();
    },
  };
}
