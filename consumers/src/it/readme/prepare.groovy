// The program of the README, as somebody pastes it; its first line says where.
def readme = new File(basedir, "../../../../README.md").text
def program = (readme =~ /(?s)<!-- program: Quickstart -->\n```java\n(\/\/ (\S+)\n.*?)```/)[0]
new File(basedir, program[2]).text = program[1]
return true
