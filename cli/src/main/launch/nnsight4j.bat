@echo off
rem Starts the nnsight4j command with the Java of JAVA_HOME or of the PATH.
rem NNSIGHT4J_OPTS holds options for Java, for example -Xmx8g.
setlocal
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" --enable-native-access=ALL-UNNAMED %NNSIGHT4J_OPTS% -cp "%~dp0..\lib\*" org.nnsight4j.cli.Main %*
exit /b %ERRORLEVEL%
