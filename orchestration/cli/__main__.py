"""Where the `obmin` command starts: it prepares the process before it imports the commands, which are in main.py."""

from orchestration.defs.process import keep_what_is_loaded, prepare_process


def main() -> None:
    prepare_process()
    from orchestration.cli.main import main as run_command

    try:
        run_command()
    finally:
        keep_what_is_loaded()


if __name__ == "__main__":
    main()
