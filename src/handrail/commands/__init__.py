"""The commands of the command line, one module each; none imports Textual unless it shows a screen."""
