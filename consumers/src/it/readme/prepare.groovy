// The program of the README, as somebody pastes it.
def readme = new File(basedir, "../../../../README.md").text
def program = (readme =~ /(?s)<!-- program: Quickstart -->\n```java\n\/\/ (\S+)\n(.*?)```/)[0]
new File(basedir, program[1]).text = program[2]
return true
