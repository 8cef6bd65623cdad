"""What GitHub is asked, and its answers as facts. The documented REST API, version 2022-11-28.

https://docs.github.com/en/rest?apiVersion=2022-11-28
"""
