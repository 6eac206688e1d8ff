// One test passes and one fails, with JUnit 5.
def report = new File(basedir, "target/surefire-reports/TEST-org.example.CapitalsTest.xml").text
def suite = report.find(/<testsuite [^>]*>/)
assert suite.contains('tests="2"') && suite.contains('errors="0"') && suite.contains('failures="1"')
assert report.contains("junit-jupiter-api-5.14.1.jar")
def failed = report.find(/(?s)<testcase name="failsOnPurpose.*?<failure message="[^"]*"/)
assert failed.contains("expected &apos; Rome&apos;, found &apos; Paris&apos;") || failed.contains("expected ' Rome', found ' Paris'")
