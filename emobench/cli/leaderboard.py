"""`emobench leaderboard`: what is done with boards?"""

import typer

from emobench.cli import leaderboard_add, leaderboard_build, leaderboard_diff, leaderboard_validate

app = typer.Typer(no_args_is_help=True, help="Check, add to and render boards.")
app.command("build")(leaderboard_build.command)
app.command("validate")(leaderboard_validate.command)
app.command("add")(leaderboard_add.command)
app.command("diff")(leaderboard_diff.command)
