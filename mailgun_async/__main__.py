"""`python -m mailgun_async`: the same as the command `mailgun-async`."""

from mailgun_async.cli import main

if __name__ == "__main__":
    main()
