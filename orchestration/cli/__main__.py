"""Where the `obmin` command starts: it prepares the process before it imports the commands, which are in main.py."""

from orchestration.defs.process import prepare_process


def main() -> None:
    prepare_process()
    from orchestration.cli.main import main as run_command

    run_command()


if __name__ == "__main__":
    main()
